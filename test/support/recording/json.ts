/** JSON as it is recorded. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
