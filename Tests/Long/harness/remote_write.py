"""Remote write 1.0, as much of it as a run needs: protobuf, and snappy without compression."""
import struct

from . import web


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def series(labels, samples):
    """A series with samples of milliseconds and value."""
    body = b"".join(field(1, field(1, name.encode()) + field(2, value.encode()))
                    for name, value in sorted(labels.items()))
    for time, value in samples:
        body += field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(time))
    return field(1, body)


def snappy(data):
    """A block of literals."""
    out = [varint(len(data))]
    for start in range(0, len(data), 65536):
        piece = data[start:start + 65536]
        out.append(bytes([61 << 2]) + struct.pack("<H", len(piece) - 1) + piece)
    return b"".join(out)


def send(url, message):
    headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
               "X-Prometheus-Remote-Write-Version": "0.1.0"}
    status, body = web.request(url, snappy(message), "POST", headers, timeout=60)
    if status // 100 != 2:
        raise OSError(f"{url}: {status} {body[:300].decode(errors='replace')}")
