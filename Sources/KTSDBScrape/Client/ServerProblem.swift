internal import AsyncHTTPClient
internal import CLibrary
internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Why a server that the user has named did not answer, and what to do about it.
package struct ServerProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What failed.
    package var reason: String
    /// What to do next, as a sentence.
    package var remedy: String

    package var description: String { "\(reason). \(remedy)" }

    private init(_ reason: String, _ remedy: String = Self.checkAddress) {
        self.reason = reason
        self.remedy = remedy
    }

    private static let checkAddress = "Check the address, or name another server with --server."
    private static let start = "Start a server there, or name another one with --server."

    /// Describes what a client threw.
    package init(_ error: any Error) {
        switch error {
        case let error as NIOConnectionError: self = Self.connection(error)
        case let error as IOError: self = Self.system(error.errnoCode)
        case let error as HTTPClientError: self = Self.client(error)
        case ChannelError.connectTimeout: self = Self.silence
        case is NIOTooManyBytesError: self.init("its answer is too long", "Ask for less.")
        case is HTTPParserError: self.init("what answers there does not speak HTTP")
        default: self = Self.other(error)
        }
    }

    private static let notURL = ServerProblem("that is not the URL of a server", "Write it as http://HOST:PORT.")
    private static let silence = ServerProblem("no answer came in time")

    private static func connection(_ error: NIOConnectionError) -> ServerProblem {
        // A refused connection says more than an unreachable address.
        let codes = error.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
        if let code = codes.first(where: { $0 == ECONNREFUSED }) ?? codes.first { return system(code) }
        guard error.connectionErrors.isEmpty else { return silence }
        return ServerProblem("no address is known for the host \(goQuoted(error.host))")
    }

    private static func system(_ code: CInt) -> ServerProblem {
        if code == ECONNREFUSED { return ServerProblem("nothing listens there (connection refused)", start) }
        return ServerProblem("the connection failed: \(SystemCall.message(code).lowercased())")
    }

    private static func client(_ error: HTTPClientError) -> ServerProblem {
        switch error {
        case .deadlineExceeded, .connectTimeout, .readTimeout: silence
        case .remoteConnectionClosed: ServerProblem("the server closed the connection without an answer")
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath:
            notURL
        case _ where error.shortDescription == "Unsupported scheme": notURL
        default: ServerProblem("the request failed: \(error.shortDescription.lowercased())")
        }
    }

    private static func other(_ error: any Error) -> ServerProblem {
        let type = "\(Swift.type(of: error))"
        guard type.contains("SSL") else { return ServerProblem("the connection failed (\(type))") }
        return ServerProblem("TLS failed: the server does not speak it, or its certificate is not trusted")
    }
}
