internal import HTTPTypes
internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBHTTP
internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

// This file has all the ways in which an error becomes an HTTP answer.

/// An error that the HTTP API answers as JSON.
struct APIError: Error, Hashable {
    /// The kind of the error, as the field `errorType` reports it.
    enum Kind: String {
        case badData = "bad_data"
        case execution
        case notFound = "not_found"
        case timeout
        case canceled
        case `internal`
        case unavailable

        var status: HTTPResponse.Status {
            switch self {
            case .badData: .badRequest
            case .execution: .unprocessableContent
            case .notFound: .notFound
            case .timeout: .serviceUnavailable
            case .canceled: .clientClosedRequest
            case .internal, .unavailable: .internalServerError
            }
        }
    }

    var kind: Kind
    var message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// A parameter that is missing or invalid.
    static func invalidParameter(_ name: String, _ reason: some CustomStringConvertible) -> APIError {
        APIError(.badData, "invalid parameter \(goQuoted(name)): \(reason)")
    }
}

extension HTTPResponse.Status {
    /// The status that nginx uses for a client that closed its connection before the answer.
    static var clientClosedRequest: Self { .init(code: 499, reasonPhrase: "Client Closed Request") }
}

extension APIError {
    init(_ error: QueryError) {
        switch error {
        case .parse(let errors): self = .invalidParameter("query", errors)
        case .invalidExpression(let reason): self = .invalidParameter("query", reason)
        case .invalidParameter(let name, let reason): self = .invalidParameter(name, reason)
        case .timeout: self.init(.timeout, error, limitedBy: "--query.timeout")
        case .cancelled: self.init(.canceled, error.description)
        case .storage(let error): self.init(error)
        case .tooManySamples: self.init(.execution, error, limitedBy: "--query.max-samples")
        case .tooMuchMemory, .memoryInUse: self.init(.execution, error, limitedBy: "--query.max-memory")
        case .memoryLimit: self.init(.execution, error, limitedBy: "--storage.memory-limit")
        case .execution: self.init(.execution, error.description)
        @unknown default: self.init(.execution, error.description)
        }
    }

    /// An error that names the flag which sets the limit.
    private init(_ kind: Kind, _ error: QueryError, limitedBy flag: String) {
        self.init(kind, "\(error.description) The limit is set by \(flag).")
    }

    init(_ error: ReadError) { self.init(.internal, error.description) }

    static let tooManyParameters = APIError(
        .badData,
        "the request has more than \(RequestParameters.mostParameters) parameters. Ask for less at once, or with patterns."
    )

    init(_ error: DeletionError) {
        switch error {
        case .noMatchers: self = .invalidParameter("match[]", "match[] must contain at least one matcher")
        case .matchersTooLong: self = .invalidParameter("match[]", error)
        case .tooMany: self.init(.execution, "\(error) POST /api/v1/admin/tsdb/clean_tombstones does that.")
        case .unknown: self.init(.notFound, error.description)
        case .isFinal: self.init(.execution, error.description)
        case .sealFailed, .failed, .notDurable, .closed: self.init(.internal, error.description)
        @unknown default: self.init(.internal, error.description)
        }
    }

    init(_ error: DropFutureError) {
        if case .clockJumped = error {
            self.init(.execution, error.description)
        } else {
            self.init(.internal, error.description)
        }
    }
}

/// An error that is answered as plain text, as everything outside the JSON API is.
struct PlainError: Error, Hashable {
    var status: HTTPResponse.Status
    var message: String
    /// In how many seconds the same request may succeed, if that is known.
    var retryAfter: Int?

    init(_ status: HTTPResponse.Status, _ message: String, retryAfter: Int? = nil) {
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
    }

    /// An API error on a route that answers in plain text.
    init(_ error: APIError) { self.init(error.kind.status, "\(error.message)\n") }

    static let starting = PlainError(.serviceUnavailable, "Service Unavailable")
    static let noSuchPath = PlainError(.notFound, "404 page not found\n")
    static let wrongMethod = PlainError(.methodNotAllowed, "Method Not Allowed\n")
    static let bodyTooLarge = PlainError(.contentTooLarge, "the request's body is too large\n")
}

/// Why a remote write request was not stored, or not completely. Senders only repeat requests that are answered with
/// 5xx.
extension PlainError {
    init(_ error: AppendError) {
        switch error {
        case .batchTooLarge, .recordsTooLarge: self.init(.contentTooLarge, "\(error)\n")
        // What keeps a commit out of the log may be temporary: a full disk, a failing disk, a missing directory.
        case .closed, .file, .unavailable, .notDurable: self.init(.serviceUnavailable, "\(error)\n")
        case .diskFull: self.init(.serviceUnavailable, "\(error)\n", retryAfter: 5)
        @unknown default: self.init(.serviceUnavailable, "\(error)\n")
        }
    }

    init(_ error: SnappyError) {
        if case .tooLarge = error {
            self.init(.contentTooLarge, "\(error)\n")
        } else {
            self.init(.badRequest, "\(error)\n")
        }
    }

    static let malformedMessage = PlainError(.badRequest, "the body is not a prometheus.WriteRequest message\n")
}

extension Response {
    /// Returns the answer to a request that failed with `error`.
    static func failure(_ error: any Error, _ paths: ClientPaths) -> Response {
        switch error {
        case let error as APIError:
            var json = JSONWriter()
            json.error(type: error.kind.rawValue, message: error.message)
            return .json(json, status: error.kind.status)
        case let error as PlainError:
            var response = Response.text(error.message, status: error.status)
            if let seconds = error.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
            return response
        case let error as QueryError:
            var answer = APIError(error)
            if case .storage = error { answer.message = paths.relative(answer.message) }
            return failure(answer, paths)
        case let error as ReadError:
            return failure(APIError(.internal, paths.relative(error.description)), paths)
        case let error as SnapshotError:
            return failure(APIError(.internal, "create snapshot: \(paths.relative(error.description))"), paths)
        case let error as DropFutureError:
            var answer = APIError(error)
            answer.message = paths.relative(answer.message)
            return failure(answer, paths)
        case let error as DeletionError:
            var answer = APIError(error)
            answer.message = paths.relative(answer.message)
            return failure(answer, paths)
        case let error as AppendError:
            var answer = PlainError(error)
            answer.message = paths.relative(answer.message)
            return failure(answer, paths)
        case let error as HTTPProblem:
            // Problems of the body show up while a route reads it.
            return failure(PlainError(.init(code: error.status), "\(error)\n"), paths)
        case is CancellationError:
            return failure(APIError(.canceled, "request was canceled"), paths)
        case let error as HTTPError where error.status == .notFound:
            return failure(PlainError.noSuchPath, paths)
        case let error as HTTPError:
            return .text("\(error.body ?? error.status.reasonPhrase)\n", status: error.status)
        default:
            return failure(APIError(.internal, paths.relative("\(error)")), paths)
        }
    }
}

/// Turns the errors of the routes into answers.
struct ErrorAnswers: RouterMiddleware {
    let paths: ClientPaths

    func handle(
        _ request: Request, context: ServerRequestContext,
        next: (Request, ServerRequestContext) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch { return .failure(error, paths) }
    }
}
