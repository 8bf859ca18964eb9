/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for the configuration reader in a build without libyang: then
 * --config always fails, and says why.
 */
#include "config/deployment.h"

int quiclb_deployment_load(const char *path,
			   struct quiclb_deployment **deployment,
			   struct quiclb_deployment_error *error)
{
	static const struct quiclb_deployment_error absent = {
		"this build reads no configuration: libyang was absent"
	};

	(void)path;
	(void)deployment;
	if (error)
		*error = absent;
	return QUICLB_ERR_ARG;
}

void quiclb_deployment_free(struct quiclb_deployment *deployment)
{
	(void)deployment;
}
