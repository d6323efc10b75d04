internal import NIOCore
internal import PrometheusWire

extension ByteBuffer {
    /// Copies the text that was written.
    init(_ json: borrowing JSONWriter) {
        // SAFETY: the bytes are copied during the call.
        self = unsafe json.withUnsafeBytes { unsafe ByteBuffer(bytes: $0) }
    }
}
