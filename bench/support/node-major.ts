/** The major version of Node. Some limits depend on it. */
export const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
