import { expect } from '@jest/globals';
import { operationsOf, SchemaCheck } from '../openapi/api-document.js';
import type { ApiDocument, Operation } from '../openapi/api-document.js';
import { valueOf } from '../openapi/documented-value.js';
import type { TestEnvironment } from '../processes/test-environment.js';

export interface Call {
  /** Values of the parameters in the path. */
  readonly places?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent unchanged. */
  readonly body?: string;
}

/** The API of a running service. Calls are made from its OpenAPI document, as Swagger UI makes them. */
export class DocumentedApi {
  readonly operations: readonly Operation[];
  readonly check: SchemaCheck;
  /** `operation status code` of every error answer that matched its schema. */
  readonly provoked = new Set<string>();

  private constructor(
    private readonly setup: TestEnvironment,
    readonly document: ApiDocument,
  ) {
    this.operations = operationsOf(document);
    this.check = new SchemaCheck(document);
  }

  static async of(setup: TestEnvironment): Promise<DocumentedApi> {
    return new DocumentedApi(setup, (await setup.service.call('GET', '/docs-json')).body);
  }

  operation(id: string): Operation {
    const found = this.operations.find(({ operationId }) => operationId === id);
    if (!found) throw new Error(`the document has no operation ${id}`);
    return found;
  }

  /** Calls an operation. Expects the answer to match the schema that is documented for its status and content type. */
  async press(operation: Operation, call: Call): Promise<Response> {
    return (await this.exchange(operation, call)).response;
  }

  /** As `press`. @returns also the parsed body, because the body of a response can be read only once */
  async exchange(
    operation: Operation,
    call: Call,
  ): Promise<{ readonly response: Response; readonly value: unknown }> {
    const response = await this.send(operation, call);
    const value = await valueOf(response);
    this.expectDocumented(operation, response, value);
    return { response, value };
  }

  /** Calls an operation without a check of the answer. */
  send(
    { method, path: template }: Operation,
    { places = {}, query = '', headers = {}, body }: Call,
  ): Promise<Response> {
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => places[name] ?? '');
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    return fetch(`${this.setup.service.url}${path}${query}`, {
      method,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  }

  /** Expects an answer to match its documented schema. */
  private expectDocumented(operation: Operation, response: Response, value: unknown): void {
    const { operationId } = operation;
    const documented = operation.responses[response.status];
    expect([operationId, response.status, documented?.description.length ?? 0]).not.toContain(0);
    if (response.status === 304) return;
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
    const schema = documented?.content?.[type]?.schema;
    expect([operationId, response.status, type, typeof schema]).toContain('object');
    expect([operationId, value, this.check.faults(schema ?? {}, value)]).toEqual([operationId, value, []]);
    if (response.status >= 400) {
      this.provoked.add(`${operationId} ${response.status} ${(value as { code: string }).code}`);
    }
  }
}
