/** What lib/dynamodb uses of aws4, which has no types of its own. */
declare module 'aws4' {
  interface Request {
    readonly service: string;
    readonly region: string;
    readonly method: string;
    readonly hostname: string;
    readonly port: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }
  interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  }
  const aws4: {
    /** Returns the request with the headers of AWS Signature Version 4. */
    sign(request: Request, credentials: Credentials): Request;
  };
  export default aws4;
}
