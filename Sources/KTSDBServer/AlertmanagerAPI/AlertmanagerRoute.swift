internal import GoTemplate
internal import HTTPTypes
internal import Hummingbird
internal import KTSDBAlerting
internal import KTSDBModel
internal import KTSDBNotify
internal import Logging
internal import PrometheusWire

/// Version 2 of Alertmanager's API: `/api/v2/…`, for amtool, Grafana, karma and every Prometheus.
///
/// What a request means is decided in `KTSDBNotify/API`; here it is read, limited, brought to the notifier, and
/// answered.
struct AlertmanagerRoute: Sendable {
    let state: ServerState

    private var host: AlertmanagerHost { state.alertmanager }

    func add(to group: RouterGroup<ServerRequestContext>) {
        for method: HTTPRequest.Method in [.get, .head, .post, .put, .delete, .patch] {
            group.on("api/v2/**", method: method) { [self] request, context in
                let path = "/" + context.parameters.getCatchAll().joined(separator: "/")
                let start = ContinuousClock.now
                do {
                    let response = try await timed { try await limited(request) { try await answer(request, path) } }
                    count(request, path, Int(response.status.code), start)
                    return response
                } catch {
                    count(request, path, Int((error as? PlainError)?.status.code ?? 500), start)
                    throw error
                }
            }
        }
    }

    private func count(_ request: Request, _ path: String, _ code: Int, _ start: ContinuousClock.Instant) {
        let endpoint = APIEndpoint.path(matching: path).map { "/api/v2" + $0 }
        host.meter.count(endpoint, request.method.rawValue, code, took: ContinuousClock.now - start)
    }

    // MARK: Answering

    private func answer(_ request: Request, _ path: String) async throws -> Response {
        _ = try state.ready
        guard let notifier = host.notifier else {
            throw PlainError(
                .notFound,
                "this server does not notify: set --alertmanager.config.file to an Alertmanager configuration\n")
        }
        let body =
            request.method == .post ? try await RequestBytes.read(request, limit: APIRequest.bodyByteLimit) : .init()
        let parts = APIRequest(
            method: request.method.rawValue, path: path, query: request.uri.query ?? "",
            contentType: request.headers[.contentType], accept: request.headers[.accept],
            body: Array(body.readableBytesView))
        let context = host.context(await notifier.configuration)
        let call: APICall
        do throws(APIRefusal) { call = try await understand(parts, context.syntax) } catch {
            return Self.response(error.answer)
        }
        return call.isReading ? await read(call, notifier, context) : await change(call, notifier, context)
    }

    /// Bodies from this length on, in bytes, are parsed by a worker.
    private static let shortBody = 16 << 10

    private func understand(_ request: APIRequest, _ syntax: MatcherSyntax) async throws(APIRefusal) -> APICall {
        guard request.body.count > Self.shortBody else { return try APICall(request, syntax: syntax) }
        return try await WorkerThreads.answers.run { () throws(APIRefusal) in try APICall(request, syntax: syntax) }
    }

    /// Answers from a copy of the notifier, so that a long list does not hold up notifications.
    private func read(_ call: APICall, _ notifier: NotifierService, _ context: APIContext) async -> Response {
        let (copy, now) = await notifier.perform { notifier, now in ([], (notifier, now)) }
        return await WorkerThreads.answers.run {
            var copy = copy
            return Self.response(copy.perform(call, context, at: now).answer)
        }
    }

    private func change(_ call: APICall, _ notifier: NotifierService, _ context: APIContext) async -> Response {
        let outcome = await notifier.perform { notifier, now in
            let outcome = notifier.perform(call, context, at: now)
            return (outcome.effects, outcome)
        }
        if outcome.invalid > 0 { await notifier.count(invalidAlerts: outcome.invalid) }
        log(call, outcome.answer)
        return Self.response(outcome.answer)
    }

    private func log(_ call: APICall, _ answer: APIAnswer) {
        guard state.options.alertmanager.logsSilences, answer.status == 200 else { return }
        switch call {
        case .postSilence(let silence):
            state.logger.info(
                "a silence was set",
                metadata: [
                    "id": "\(answer.createdID ?? silence.id)", "created_by": "\(silence.createdBy)",
                    "comment": "\(silence.comment)", "ends_at": "\(TimeText.text(silence.endsAt))",
                ])
        case .expireSilence(let id): state.logger.info("a silence was ended", metadata: ["id": "\(id)"])
        default: break
        }
    }

    // MARK: Limits

    /// Answers a request if not too many are being answered; those that nobody waits for any more are among them.
    private func limited(_ request: Request, _ body: () async throws -> Response) async throws -> Response {
        guard request.method == .get else { return try await body() }
        guard host.beginRead() else {
            throw PlainError(
                .serviceUnavailable,
                "Limit of concurrent GET requests reached (\(host.readLimit)), try again later.\n\n")
        }
        defer { host.endRead() }
        return try await body()
    }

    /// Answers a request within the time that there is.
    private func timed(_ body: @escaping @Sendable () async throws -> Response) async throws -> Response {
        let timeout = state.options.alertmanager.timeout
        guard timeout > .zero else { return try await body() }
        // What is late runs to its end, and nobody waits for it.
        let (results, result) = AsyncStream<Result<Response, any Error>?>.makeStream()
        let work = Task {
            do { result.yield(.success(try await body())) } catch { result.yield(.failure(error)) }
        }
        let clock = Task {
            try await Task.sleep(for: timeout)
            result.yield(nil)
        }
        defer { clock.cancel() }
        for await first in results {
            if let first { return try first.get() }
            break
        }
        work.cancel()
        throw PlainError(
            .serviceUnavailable,
            "Exceeded configured timeout of \(GoDuration.text(Int64(timeout / .nanoseconds(1)))).\n")
    }
}

extension APIAnswer {
    /// The id of the silence that was created or changed.
    fileprivate var createdID: String? {
        if case .value(let value) = body { value["silenceID"]?.text } else { nil }
    }
}
