/** What the plugins here use of the Serverless Framework's instance. */
export interface Serverless {
  readonly service: ServerlessService;
  readonly classes: { readonly Error: new (message: string) => Error };
}

/** A serverless.yml with its files merged and its variables resolved. */
export interface ServerlessService {
  /** The service's name. */
  readonly service: string;
  readonly custom: {
    readonly engine: {
      readonly coreFunction: string;
      readonly demoPage: string;
      readonly monitoring: {
        readonly alarms: string;
        /** An SNS topic's ARN, which may be a function of CloudFormation; empty if there is none. */
        readonly alarmTopicArn: unknown;
        readonly metrics: string;
      };
    };
  };
  readonly provider: {
    readonly environment: Readonly<Record<string, unknown>>;
    readonly httpApi: { readonly authorizers: Record<string, unknown> };
  };
  readonly functions: Record<string, ServerlessFunction>;
  readonly resources: { readonly Resources: Record<string, Resource> };
}

export interface ServerlessFunction {
  /** `<service>-<stage>-<function>` in AWS. */
  readonly name: string;
  readonly events?: readonly { readonly httpApi?: string | HttpApiEvent }[];
}

export interface HttpApiEvent {
  readonly method: string;
  readonly path: string;
  readonly authorizer?: { readonly name?: string };
}

/** A resource of CloudFormation. */
export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Record<string, unknown>;
}
