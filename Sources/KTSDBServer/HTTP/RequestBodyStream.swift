internal import NIOCore

/// A body that is read from its connection on demand.
struct RequestBodyStream: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let connection: NIOLoopBound<any AnsweringConnection>
    let loop: any EventLoop

    struct AsyncIterator: AsyncIteratorProtocol {
        let connection: NIOLoopBound<any AnsweringConnection>
        let loop: any EventLoop

        mutating func next() async throws -> ByteBuffer? {
            try await withCheckedThrowingContinuation { waiter in
                if loop.inEventLoop {
                    connection.value.nextOfBody(waiter)
                } else {
                    loop.execute { [connection] in connection.value.nextOfBody(waiter) }
                }
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(connection: connection, loop: loop) }
}
