internal import PrometheusWire

extension PayloadBuilder {
    mutating func webhook() throws(PayloadError) -> OutgoingRequest {
        let left = truncateAlerts(values.integer("max_alerts"))
        var message = JSONTree.members(
            data.json + [
                ("version", .string("4")), ("groupKey", .string(notification.groupKey)),
                ("truncatedAlerts", .integer(left)),
            ])
        if let payload = values.tree("payload"), payload != .null {
            do throws(PayloadError) { message = try structured(payload) } catch {
                throw PayloadError("failed to render custom payload: \(error)")
            }
        }
        return OutgoingRequest(url: try address(), json: message, timeout: values.duration("timeout"))
    }

    private func address() throws(PayloadError) -> String {
        let source: String
        do throws(PayloadError) { source = try secret("url") } catch { throw PayloadError("read url_file: \(error)") }
        let url: String
        do throws(PayloadError) { url = try required(source) } catch {
            throw PayloadError("failed to template webhook URL: \(error)")
        }
        if url.isEmpty { throw PayloadError("webhook URL is empty after templating") }
        return url
    }

    private static let incidentioByteLimit = 512 << 10

    mutating func incidentio() throws(PayloadError) -> OutgoingRequest {
        let left = truncateAlerts(values.integer("max_alerts"))
        var request = OutgoingRequest(
            url: try secret("url"), json: incidentioMessage(left), timeout: values.duration("timeout"))
        if request.body.count > Self.incidentioByteLimit {
            _ = truncateAlerts(1)
            request.body = OutgoingRequest(url: request.url, json: incidentioMessage(left)).body
        }
        if values.has("alert_source_token") || values.has("alert_source_token_file") {
            request.headers["Authorization"] = "Bearer " + (try secret("alert_source_token"))
        }
        return request
    }

    private func incidentioMessage(_ left: Int) -> JSONTree {
        .members(
            data.json + [
                ("version", .string("1")), ("groupKey", .string(notification.groupKey)),
                ("truncatedAlerts", .integer(left)),
            ])
    }
}
