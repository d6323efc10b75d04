internal import NIOCore
internal import NIOPosix

/// Sockets of Unix: a file that a server left is taken over, and one at which a server listens is not.
enum UnixSocket {
    /// Another server listens there.
    struct InUse: Error, CustomStringConvertible {
        let description = "another server listens there"
    }

    /// Checks that no server listens at a path.
    /// - Throws: ``InUse``.
    static func check(_ path: String) async throws {
        let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(2)).connect(unixDomainSocketPath: path).get()
        guard let channel else { return }
        try? await channel.close()
        throw InUse()
    }
}
