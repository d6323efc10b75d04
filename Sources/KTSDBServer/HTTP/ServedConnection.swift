internal import HTTPTypes
internal import NIOCore

/// A connection, or one request of several on it, as the server's limits see it. All on its event loop.
protocol ServedConnection: AnyObject {
    /// Ends whatever has taken too long.
    func endIfOver(_ limits: ConnectionLimits)
    /// Closes the connection if it can still make room for another.
    func makeRoom()
    /// Closes the connection once it has answered.
    func quiesce()
    /// Closes the connection at once.
    func close()
}

/// What a request's body is read from and its answer is written to. All on its event loop.
protocol AnsweringConnection: ServedConnection {
    var isOpen: Bool { get }
    /// Whether the client has made room for more of its answer.
    var isWritable: Bool { get }
    /// The number of the request, within the connection, that is being answered.
    var number: Int { get }
    var answer: AnswerState { get set }
    /// The connections of the server, which have its limits.
    var connections: Connections { get }
    /// What it does now.
    var activity: ConnectionActivity { get }
    /// Publishes the activity, so that other threads can see it.
    func publish()

    /// Gives `waiter` the next bytes of the body as soon as they have arrived, and nil at its end.
    func nextOfBody(_ waiter: CheckedContinuation<ByteBuffer?, any Error>)
    /// Writes the head of the answer.
    func startAnswer(_ response: HTTPResponse, isHead: Bool)
    /// Writes the next part of the answer's body, and returns whether there is room for more.
    func send(_ part: ByteBuffer) -> Bool
    /// Ends the answer.
    func endAnswer()
}

extension AnsweringConnection {
    /// Publishes the activity, and returns what of it has taken too long; nil if nothing has.
    func overdue(_ limits: ConnectionLimits) -> ConnectionActivity.Kind? {
        publish()
        let activity = activity
        return isOpen && limits.isOver(activity, at: .now()) ? activity.kind : nil
    }

    /// Publishes the activity, and returns whether the connection may make room for another; if so, it is counted.
    func makesRoom() -> Bool {
        publish()
        guard isOpen, connections.limits.mayMakeRoom(activity, at: .now()) else { return false }
        connections.count(.room)
        return true
    }
}
