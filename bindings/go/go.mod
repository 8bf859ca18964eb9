module quiclb

go 1.19
