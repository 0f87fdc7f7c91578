/** Where the page finds the API. The server writes it into the page. */
export interface PageSettings {
  /** Scheme, host and port. Absent: those of the page itself. */
  readonly apiDomain?: string;
  /** What API Gateway puts before every path, or empty. */
  readonly apiGatewayPath: string;
  /** Where SuperTokens' routes are, below that. */
  readonly apiBasePath: string;
  /** Whether the service has the example's route for likes. The page hides that part otherwise. */
  readonly hasLikes: boolean;
  /** Whether it has the example's route that needs the role `admin`. */
  readonly hasReport: boolean;
}

/** The example's route for likes. */
export const LIKE_ROUTE = 'POST /like-comment';
/** The example's route that needs the role `admin`. */
export const REPORT_ROUTE = 'GET /admin-report';

/** How the SDK carries the tokens: SuperTokens' `tokenTransferMethod`. */
export type TransferMethod = 'cookie' | 'header';
