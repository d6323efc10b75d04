import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The lists and watches of the Kubernetes API, with the objects that a test gives: pages, versions, bookmarks, watches
/// that end, versions that are forgotten.
final class KubernetesStub: Sendable {
    /// A request, with its query apart.
    struct Request: Sendable {
        var path: String
        var query: [String: String]
        var headers: HTTPHeaders
    }

    private struct Entry: Sendable {
        var namespace: String
        var name: String
        var json: String
    }

    private struct Event: Sendable {
        var version: Int
        var plural: String
        var namespace: String
        var line: String
    }

    private struct State {
        var version = 100
        /// Watches that begin before this version are refused: 410.
        var oldest = 0
        var entries: [String: [Entry]] = [:]
        var events: [Event] = []
        var watches: [(path: Path, channel: any Channel)] = []
        var requests: [Request] = []
        var token: String?
        /// What is answered instead, by path, once for each element.
        var failures: [String: [String]] = [:]
    }

    /// The path of a list.
    private struct Path {
        var namespace: String?
        var plural: String

        init?(_ text: String) {
            let parts = text.split(separator: "/").map(String.init)
            guard let last = parts.last, parts.count >= 3 else { return nil }
            plural = last
            if parts.count >= 5, parts[parts.count - 3] == "namespaces" { namespace = parts[parts.count - 2] }
        }

        func has(_ plural: String, _ namespace: String) -> Bool {
            plural == self.plural && (self.namespace == nil || self.namespace == namespace)
        }
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    let port: Int
    private let channel: any Channel
    private let shared: Shared

    init() async throws {
        let shared = Shared()
        self.shared = shared
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(HTTPRequestDecoder()), Handler(shared))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var address: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { shared.state.withLock { $0.requests } }
    /// How many watches there are.
    var watchCount: Int { shared.state.withLock { $0.watches.count { $0.channel.isActive } } }

    /// The lists that were asked for: requests without a watch.
    var lists: [Request] { requests.filter { $0.query["watch"] == nil } }

    func close() async {
        endWatches()
        try? await channel.close()
    }

    // MARK: Objects

    /// Adds or replaces an object; VERSION in its text is the version that it gets.
    func set(_ plural: String, _ namespace: String, _ name: String, _ json: String) {
        shared.state.withLock { state in
            state.version += 1
            let text = json.replacingOccurrences(of: "VERSION", with: String(state.version))
                .replacingOccurrences(of: "\n", with: " ")
            let place = state.entries[plural]?.firstIndex { $0.namespace == namespace && $0.name == name }
            let entry = Entry(namespace: namespace, name: name, json: text)
            if let place {
                state.entries[plural]?[place] = entry
            } else {
                state.entries[plural, default: []].append(entry)
            }
            Self.report(place == nil ? "ADDED" : "MODIFIED", plural, namespace, text, in: &state)
        }
    }

    func remove(_ plural: String, _ namespace: String, _ name: String) {
        shared.state.withLock { state in
            state.version += 1
            guard let place = state.entries[plural]?.firstIndex(where: { $0.namespace == namespace && $0.name == name })
            else { return }
            guard let entry = state.entries[plural]?.remove(at: place) else { return }
            Self.report("DELETED", plural, namespace, entry.json, in: &state)
        }
    }

    /// Removes all objects, and says so only to those who list again.
    func removeAllSilently(_ plural: String) {
        shared.state.withLock { state in
            state.version += 1
            state.entries[plural] = []
        }
    }

    private static func report(
        _ type: String, _ plural: String, _ namespace: String, _ json: String, in state: inout State
    ) {
        let line = #"{"type":"\#(type)","object":\#(json)}"# + "\n"
        state.events.append(Event(version: state.version, plural: plural, namespace: namespace, line: line))
        for watch in state.watches where watch.path.has(plural, namespace) { send(line, to: watch.channel) }
    }

    // MARK: What goes wrong

    /// Only requests with this token are answered from now on.
    func require(token: String) { shared.state.withLock { $0.token = token } }

    /// Answers the next request of a path with this answer instead, byte for byte.
    func fail(_ path: String, _ answer: String) {
        shared.state.withLock { $0.failures[path, default: []].append(answer) }
    }

    /// Sends a line to all watches.
    func send(_ line: String) {
        shared.state.withLock { state in for watch in state.watches { Self.send(line + "\n", to: watch.channel) } }
    }

    /// Sends a bookmark with the newest version.
    func sendBookmark() {
        let version = shared.state.withLock { $0.version }
        send(#"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"\#(version)"}}}"#)
    }

    /// Forgets all events so far: whoever knows an older version has to list again.
    func forgetVersions() {
        shared.state.withLock { state in
            state.version += 1
            state.oldest = state.version
            state.events = []
        }
    }

    /// Cuts all watches off.
    func endWatches() {
        let watches = shared.state.withLock { state in
            defer { state.watches = [] }
            return state.watches
        }
        for watch in watches { watch.channel.close(promise: nil) }
    }

    private static func send(_ text: String, to channel: any Channel) {
        let chunk = "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
        channel.writeAndFlush(ByteBuffer(string: chunk), promise: nil)
    }

    // MARK: Answers

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart

        private let shared: Shared

        init(_ shared: Shared) { self.shared = shared }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let parts = URLComponents(string: head.uri)
            var query: [String: String] = [:]
            for item in parts?.queryItems ?? [] {
                query[item.name] = item.value?.replacingOccurrences(of: "+", with: " ")
            }
            let request = Request(path: parts?.path ?? "", query: query, headers: head.headers)
            let channel = context.channel
            shared.state.withLock { KubernetesStub.answer(request, channel, &$0) }
        }
    }

    private static func answer(_ request: Request, _ channel: any Channel, _ state: inout State) {
        state.requests.append(request)
        if let failure = state.failures[request.path]?.first {
            state.failures[request.path]?.removeFirst()
            channel.writeAndFlush(ByteBuffer(string: failure), promise: nil)
            return
        }
        if let token = state.token, request.headers.first(name: "Authorization") != "Bearer \(token)" {
            return refuse(401, "Unauthorized", channel)
        }
        guard let path = Path(request.path) else { return refuse(404, "NotFound", channel) }
        if request.query["watch"] == "true" {
            watch(request, path, channel, &state)
        } else {
            list(request, path, channel, state)
        }
    }

    private static func refuse(_ status: Int, _ reason: String, _ channel: any Channel) {
        let body = #"{"kind":"Status","message":"\#(reason) by the stub","reason":"\#(reason)","code":\#(status)}"#
        channel.writeAndFlush(ByteBuffer(string: answer(body, status: "\(status) \(reason)")), promise: nil)
    }

    static func answer(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func list(_ request: Request, _ path: Path, _ channel: any Channel, _ state: State) {
        let all = (state.entries[path.plural] ?? []).filter { path.has(path.plural, $0.namespace) }
        let limit = request.query["limit"].flatMap { Int($0) } ?? all.count
        let start = request.query["continue"].flatMap { Int($0) } ?? 0
        let end = min(start + max(limit, 1), all.count), items = all[min(start, end)..<end].map(\.json)
        let next = end < all.count ? #","continue":"\#(end)""# : ""
        let body =
            #"{"kind":"List","metadata":{"resourceVersion":"\#(state.version)"\#(next)},"items":[\#(items.joined(separator: ","))]}"#
        channel.writeAndFlush(ByteBuffer(string: answer(body)), promise: nil)
    }

    private static func watch(_ request: Request, _ path: Path, _ channel: any Channel, _ state: inout State) {
        let version = request.query["resourceVersion"].flatMap { Int($0) } ?? 0
        guard version >= state.oldest else { return refuse(410, "Expired", channel) }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
        for event in state.events where event.version > version && path.has(event.plural, event.namespace) {
            send(event.line, to: channel)
        }
        state.watches.append((path, channel))
    }
}
