internal import HTTPTypes
internal import NIOCore

/// A connection, or one of several requests on it, to which the server's limits apply. Used on its event loop only.
protocol ServedConnection: AnyObject {
    /// Ends the current activity if it has taken too long.
    func endIfOver(_ limits: ConnectionLimits)
    /// Closes the connection if it can still make room for another.
    func makeRoom()
    /// Closes the connection once it has answered its current request.
    func quiesce()
    /// Closes the connection at once.
    func close()
}

/// A connection or stream from which a request's body is read and to which its answer is written. Used on its event
/// loop only.
protocol AnsweringConnection: ServedConnection {
    var isOpen: Bool { get }
    /// Whether the client has made room for more of its answer.
    var isWritable: Bool { get }
    /// The number of the request, within the connection, that is being answered.
    var number: Int { get }
    var answer: AnswerState { get set }
    /// The connections of the server, which have its limits.
    var connections: Connections { get }
    /// Its current activity.
    var activity: ConnectionActivity { get }
    /// Publishes the activity, so that other threads can see it.
    func publish()

    /// Resumes `waiter` with the next bytes of the body as soon as they have arrived, or with nil at its end.
    func nextOfBody(_ waiter: CheckedContinuation<ByteBuffer?, any Error>)
    /// Writes the head of the answer.
    func startAnswer(_ response: HTTPResponse, isHead: Bool)
    /// Writes the next part of the answer's body, and returns whether there is room for more.
    func send(_ part: ByteBuffer) -> Bool
    /// Ends the answer.
    func endAnswer()
}

extension AnsweringConnection {
    /// Publishes the activity, and returns its kind if it has taken too long; nil otherwise.
    func overdue(_ limits: ConnectionLimits) -> ConnectionActivity.Kind? {
        publish()
        let activity = activity
        return isOpen && limits.isOver(activity, at: .now()) ? activity.kind : nil
    }

    /// Publishes the activity, and returns whether the connection may make room for another; if so, counts it.
    func makesRoom() -> Bool {
        publish()
        guard isOpen, connections.limits.mayMakeRoom(activity, at: .now()) else { return false }
        connections.count(.room)
        return true
    }
}
