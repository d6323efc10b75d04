internal import AsyncHTTPClient
internal import CLibrary
internal import KTSDBModel
internal import NIOCore
package import NIOPosix
internal import PrometheusWire

/// Describes why a request has failed.
package struct RequestFailure: Sendable {
    /// The first word of the error: `Get` or `Post`.
    package var method = "Get"
    package var url: String
    package var timeout: Duration

    package init(method: String = "Get", url: String, timeout: Duration) {
        self.method = method
        self.url = url
        self.timeout = timeout
    }

    /// Returns the description of an error that a client threw.
    package func error(for cause: any Error) -> FetchError {
        switch cause {
        case let error as FetchError: error
        case ChannelError.connectTimeout: deadlineExceeded
        case let error as HTTPClientError where [.deadlineExceeded, .connectTimeout, .readTimeout].contains(error):
            deadlineExceeded
        case let error as HTTPClientError: failed(error.shortDescription)
        case let error as NIOConnectionError: failed(Self.reason(for: error))
        case let error as IOError: failed(SystemCall.message(error.errnoCode))
        case is CancellationError: .cancelled
        default: failed("\(cause)")
        }
    }

    /// Returns an error with a reason.
    package func failed(_ reason: String) -> FetchError { .failed("\(method) \(goQuoted(url)): \(reason)") }

    /// The error if the complete answer did not arrive in time.
    package var deadlineExceeded: FetchError {
        failed("context deadline exceeded: no complete answer within \(PrometheusDuration.format(timeout))")
    }

    /// Returns whether `error` comes from writing to a connection that the other side has closed.
    package static func isLostConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case let error as ChannelError: error == .ioOnClosedChannel || error == .alreadyClosed
        case let error as IOError: [ECONNRESET, EPIPE].contains(error.errnoCode)
        default: false
        }
    }

    package static func reason(for error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first {
            let cause = (failure.error as? IOError).map { SystemCall.message($0.errnoCode) } ?? "\(failure.error)"
            return "dial \(failure.target.ipAddress ?? error.host):\(error.port): \(cause)"
        }
        let cause = (error.dnsAError ?? error.dnsAAAAError).map { "\($0)" } ?? "unknown"
        return "no address found for host \(goQuoted(error.host)): \(cause)"
    }
}
