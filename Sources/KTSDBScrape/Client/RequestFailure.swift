internal import AsyncHTTPClient
internal import CLibrary
internal import KTSDBModel
internal import NIOCore
internal import NIOPosix
internal import PrometheusWire

/// Says why a request has no answer.
struct RequestFailure: Sendable {
    /// As an error begins with it: `Get` or `Post`.
    var method = "Get"
    var url: String
    var timeout: Duration

    /// Returns the error for what a client threw.
    func error(for cause: any Error) -> FetchError {
        switch cause {
        case let error as FetchError: error
        case ChannelError.connectTimeout: deadlineExceeded
        case let error as HTTPClientError where [.deadlineExceeded, .connectTimeout, .readTimeout].contains(error):
            deadlineExceeded
        case let error as HTTPClientError: failed(error.shortDescription)
        case let error as NIOConnectionError: failed(Self.reason(for: error))
        case let error as IOError: failed(SystemCall.message(error.errnoCode))
        default: failed("\(cause)")
        }
    }

    /// Returns an error with a reason.
    func failed(_ reason: String) -> FetchError { .failed("\(method) \(goQuoted(url)): \(reason)") }

    /// The error if there was no answer in time.
    var deadlineExceeded: FetchError {
        failed("context deadline exceeded: no complete answer within \(PrometheusDuration.format(timeout))")
    }

    /// Returns whether `error` comes from writing to a connection that the other side has closed.
    static func isLostConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case let error as ChannelError: error == .ioOnClosedChannel || error == .alreadyClosed
        case let error as IOError: [ECONNRESET, EPIPE].contains(error.errnoCode)
        default: false
        }
    }

    private static func reason(for error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first {
            let cause = (failure.error as? IOError).map { SystemCall.message($0.errnoCode) } ?? "\(failure.error)"
            return "dial \(failure.target.ipAddress ?? error.host):\(error.port): \(cause)"
        }
        let cause = (error.dnsAError ?? error.dnsAAAAError).map { "\($0)" } ?? "unknown"
        return "no address found for host \(goQuoted(error.host)): \(cause)"
    }
}
