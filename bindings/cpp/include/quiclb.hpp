/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libquiclb for C++17: include this one.  The parts only own, convert and
 * hand on; every rule, name and text is the C library's.
 */
#ifndef QUICLB_HPP
#define QUICLB_HPP

#include "quiclb/cpp/bytes.hpp"
#include "quiclb/cpp/config.hpp"
#include "quiclb/cpp/decoder.hpp"
#include "quiclb/cpp/encoder.hpp"
#include "quiclb/cpp/result.hpp"
#include "quiclb/cpp/table.hpp"

#endif /* QUICLB_HPP */
