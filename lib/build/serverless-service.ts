import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';

/** What the plugins here use of the Serverless Framework's instance. */
export interface Serverless {
  readonly service: ServerlessService;
  readonly processedInput: {
    /** The command, such as `['deploy', 'function']`. */
    readonly commands: readonly string[];
    /** `param` has each `--param` as `name=value`. */
    readonly options: { readonly param?: readonly string[] };
  };
  /** serverless.yml as it is written. */
  readonly configurationInput: { readonly params?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  /** What the Serverless Framework accepts in serverless.yml. */
  readonly configSchemaHandler: {
    readonly schema: {
      readonly properties: { readonly provider: { readonly properties: { readonly region: { enum?: string[] } } } };
    };
  };
  /** Replaces a part of serverless.yml. Only a plugin's constructor may call it. */
  extendConfiguration(path: readonly string[], value: unknown): void;
  getProvider(name: 'aws'): AwsProvider;
  readonly cli: { log(message: string): void };
  readonly classes: { readonly Error: new (message: string) => Error };
}

export interface AwsProvider {
  getRegion(): string;
  /** With the credentials and the region of the command. */
  getCloudFormationClient(): Promise<CloudFormationClient>;
  readonly naming: { getStackName(): string };
}

/** A serverless.yml with its files merged and its variables resolved. */
export interface ServerlessService {
  /** The service's name. */
  readonly service: string;
  readonly custom: {
    readonly engine: {
      readonly coreFunction: string;
      readonly demoPage: string;
      /** Ids of tables that exist already, separated by commas, or `all`. */
      readonly existingTables?: unknown;
      /** The stage's parameters that no environment variable carries. */
      readonly parameters: Readonly<Record<string, unknown>>;
      readonly monitoring: {
        readonly alarms: string;
        /** An SNS topic's ARN, which may be a function of CloudFormation; empty if there is none. */
        readonly alarmTopicArn: unknown;
        readonly metrics: string;
      };
    };
  };
  readonly provider: {
    readonly stage: string;
    /** Such as `nodejs24.x`. */
    readonly runtime: string;
    readonly stackName?: string;
    /** The stack's template, once the service is packaged. */
    readonly compiledCloudFormationTemplate: { Resources: Record<string, Resource> };
    readonly environment: Readonly<Record<string, unknown>>;
    /** Security groups and subnets of every function. */
    readonly vpc?: unknown;
    readonly iam?: { readonly role?: { readonly permissionsBoundary?: unknown } };
    readonly httpApi: { readonly authorizers: Record<string, unknown>; cors?: { allowedOrigins: string[] } };
  };
  readonly functions: Record<string, ServerlessFunction>;
  readonly resources: { readonly Resources: Record<string, Resource> };
}

export interface ServerlessFunction {
  /** `<service>-<stage>-<function>` in AWS. */
  readonly name: string;
  /** File and export, such as `handlers/auth.handler`. Absent for a function that is a container image. */
  readonly handler?: string;
  /** The id of a resource, an ARN, or a CloudFormation function. */
  readonly role?: string | object | null;
  readonly environment?: Readonly<Record<string, unknown>>;
  /** Instead of the provider's; `null` for none. */
  readonly vpc?: unknown;
  /** Instead of the provider's. */
  readonly runtime?: string;
  /** The function brings its own package. */
  readonly skipEsbuild?: boolean;
  /** Absent until the function is packaged. */
  readonly package?: { readonly artifact?: string };
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
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  readonly Properties: Record<string, unknown>;
}
