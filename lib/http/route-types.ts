import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { GatewayRequest, GatewayResponse } from './gateway.ts';

/** Answers a request. An `HttpError` that it throws becomes the response; any other error becomes a 500 without detail. */
export type RouteHandler = (request: GatewayRequest, context: Context) => Promise<GatewayResponse>;

/** A middy middleware on requests as handlers see them. */
export type RouteMiddleware = MiddlewareObj<GatewayRequest, GatewayResponse, Error, Context>;
