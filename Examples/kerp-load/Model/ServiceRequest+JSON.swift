internal import PrometheusWire

extension ServiceRequest {
    /// The request as a line of the service's log, with the line's end: JSON with the seed's members in their order.
    /// The latency is in whole milliseconds.
    package var logLine: [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.member("timestamp", RFC3339.format(time))
            json.member("level", level)
            json.member("app", "kerp-api")
            json.member("version", "1.0.0")
            json.member("request_id", requestID)
            json.member("user_id", userID)
            json.member("company_id", companyID)
            json.member("message", status >= 500 ? "Request failed" : "Request completed")
            json.member("method", method)
            json.member("path", path)
            json.member("status", status)
            json.member("latency", Int((duration * 1000).rounded()))
            json.member("client_ip", clientAddress)
            json.member("caller", caller)
        }
        return json.takeBytes() + [UInt8(ascii: "\n")]
    }
}
