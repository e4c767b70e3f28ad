import type * as undici from 'undici';
// @ts-expect-error -- undici declares the types of its main file only.
import untypedAgent from 'undici/lib/dispatcher/agent.js';
// @ts-expect-error -- undici declares the types of its main file only.
import untypedDispatcher from 'undici/lib/dispatcher/dispatcher.js';

/*
 * The classes of undici that downloads use. Its main file would also replace the dispatcher of the process, with which
 * Node's `fetch` makes the requests of the host application.
 */

export const Agent = untypedAgent as typeof undici.Agent;
export const BaseDispatcher = untypedDispatcher as typeof undici.Dispatcher;
