internal import NIOHTTP1

/// What a listener answers.
struct Answer: Sendable {
    var status = HTTPResponseStatus.ok
    var type = "text/plain; charset=utf-8"
    var body: [UInt8] = []

    static let notFound = Answer(status: .notFound, body: Array("not found\n".utf8))
}
