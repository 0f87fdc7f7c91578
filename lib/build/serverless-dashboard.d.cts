interface Parts {
  readonly custom: { readonly engine: { readonly monitoring: { readonly alarms: string; readonly metrics: string } } };
}

/** A plugin for serverless.yml: draws the stage's dashboard, of the functions, tables and alarms that it has. */
declare class ServerlessDashboard {
  constructor(serverless: { readonly service: Parts; readonly classes: { readonly Error: ErrorConstructor } });
  readonly hooks: { initialize(): void };
}
export = ServerlessDashboard;
