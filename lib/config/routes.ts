/**
 * Every route of the service as `METHOD /path`. The build replaces this variable with the routes of serverless.yml, because
 * Lambda allows an environment 4 KB in all. Outside a bundle the variable itself counts.
 */
export const readRoutes = (): readonly string[] => process.env.ROUTES?.split(',') ?? [];
