/*
 * The limits of one history. A phone sends a first history of a few MiB; the owner of the phone can send anything.
 */

/** Compressed, in a message or at the media host. */
export const MOST_COMPRESSED_BYTES = 16 * 2 ** 20;
export const MOST_BYTES = 64 * 2 ** 20;
/** Chats, messages, mappings and all other entries together. */
export const MOST_ENTRIES = 250_000;
/** Fields of the history and of its chats. A chat has about twenty. */
export const MOST_FIELDS = 4_000_000;
/** A chat or message of more bytes is left out. */
export const LARGEST_ENTRY_BYTES = 32 * 1024;
/** A longer address is left out. */
export const LONGEST_ADDRESS = 64;
/** A longer privacy token is left out. */
export const LARGEST_TOKEN_BYTES = 1024;

/** The limits of a piece. The main thread stores, decodes or hands over a piece at once. */
export const MOST_PIECE_BYTES = 32 * 1024;
export const MOST_PIECE_ENTRIES = 50;

/** JavaScript values in the worker. The bytes of the history are not part of its heap. */
export const WORKER_HEAP_MIB = 96;
/** The time limit for each piece of the worker. */
export const WORKER_ANSWER_MS = 15_000;
/** Workers that run at the same time in the process. Further histories wait. */
export const MOST_WORKERS = 2;
/** Histories of one account that wait. */
export const MOST_WAITING = 16;
/** Parts of the history that one link takes, when the host application asks for them. */
export const MOST_PARTS = 500;
/** The time limit of a download in all. */
export const DOWNLOAD_MS = 30_000;
/** The time limit of the host application for each piece. */
export const LISTENER_MS = 30_000;
