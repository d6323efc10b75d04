internal import HTTPTypes
internal import Hummingbird
internal import PrometheusWire

/// The notices to the operator, and their changes as an event stream.
struct NoticeRoutes: Sendable {
    let notices: Notices

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("notifications", [.get]) { [notices] _, _ in
            .success { $0.array(notices.all) { $0.notice($1) } }
        }
        group.route("notifications/live", [.get]) { [notices] _, _ in
            guard let changes = notices.follow() else { return .noContent }
            return Self.stream(changes)
        }
    }

    private static func stream(_ changes: AsyncStream<Notices.Notice>) -> Response {
        let body = ResponseBody { writer in
            for await change in changes {
                var json = JSONWriter(capacity: 256)
                json.notice(change)
                try await writer.write(ByteBuffer(string: "data: " + String(buffer: ByteBuffer(json)) + "\n\n"))
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"], body: body)
    }
}

extension JSONWriter {
    fileprivate mutating func notice(_ notice: Notices.Notice) {
        object {
            $0.member("text", notice.text.rawValue)
            $0.member("date", RFC3339.format(notice.date))
            $0.member("active", notice.isActive)
        }
    }
}
