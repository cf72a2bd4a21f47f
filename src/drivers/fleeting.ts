// A socket that reads into one buffer again and again: at a gigabyte per second a buffer for each read costs more than the reading.

import { connect, type Socket, type TcpNetConnectOpts, type IpcNetConnectOpts } from 'node:net';

/** As much as the kernel has at once for a Unix socket (net.core.wmem_default). */
const size = 256 * 1024;

/** The bytes that `data` gives are other bytes as soon as its listeners have returned. */
export function connectFleeting(options: TcpNetConnectOpts | IpcNetConnectOpts): Socket {
  const callback = (length: number, buffer: Uint8Array): boolean => {
    socket.emit('data', Buffer.from(buffer.buffer, buffer.byteOffset, length));
    return true;
  };
  const socket = connect({ ...options, onread: { buffer: Buffer.allocUnsafeSlow(size), callback } });
  return socket;
}
