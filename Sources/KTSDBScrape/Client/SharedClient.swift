package import AsyncHTTPClient
internal import NIOCore
internal import Synchronization

/// A client that is shut down when its last user releases it.
package final class SharedClient: Sendable {
    package let client: HTTPClient
    private let isClosed = Atomic(false)

    package init(_ client: HTTPClient) { self.client = client }

    deinit {
        guard !isClosed.load(ordering: .relaxed) else { return }
        Task { [client] in await Self.shutDown(client) }
    }

    /// Closes the connections; requests in progress fail.
    package func close() async {
        isClosed.store(true, ordering: .relaxed)
        await Self.shutDown(client)
    }

    /// Shuts a client down once the connections of ended requests are back in its pool.
    ///
    /// AsyncHTTPClient ends the process if a connection is closed before that: a request with a body may end on one
    /// loop while its connection is released on another. After one turn of all loops the first loop has handed its work
    /// to the second, and after another turn that work is done.
    private static func shutDown(_ client: HTTPClient) async {
        for _ in 1...2 {
            for loop in client.eventLoopGroup.makeIterator() { try? await loop.submit {}.get() }
        }
        try? await client.shutdown()
    }
}
