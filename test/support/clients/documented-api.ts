import { expect } from '@jest/globals';
import { operationsOf, SchemaCheck } from '../openapi/api-document.js';
import type { ApiDocument, Operation } from '../openapi/api-document.js';
import { valueOf } from '../openapi/documented-value.js';
import type { TestEnvironment } from '../processes/test-environment.js';

export interface Call {
  /** What stands in the path instead of the names of its parameters. */
  readonly places?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
}

/** The API of a running service as its document describes it, pressed as Swagger UI does. */
export class DocumentedApi {
  readonly operations: readonly Operation[];
  readonly check: SchemaCheck;
  /** `operation status code` of every error that was answered, and held to its schema. */
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
    if (!found) throw new Error(`there is no operation ${id}`);
    return found;
  }

  /** Calls an operation and holds the answer to the schema that is documented for its status and content type. */
  async press(operation: Operation, call: Call): Promise<Response> {
    return (await this.exchange(operation, call)).response;
  }

  /** As `press`. @returns the answer, with what stands in it: it can be read once */
  async exchange(
    operation: Operation,
    call: Call,
  ): Promise<{ readonly response: Response; readonly value: unknown }> {
    const response = await this.send(operation, call);
    const value = await valueOf(response);
    this.hold(operation, response, value);
    return { response, value };
  }

  /** Calls an operation, whatever is answered. */
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

  /** Holds an answer to what is documented. */
  private hold(operation: Operation, response: Response, value: unknown): void {
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
