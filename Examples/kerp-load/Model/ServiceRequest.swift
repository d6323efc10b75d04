package import KTSDBModel

/// A request that an instance has answered, as its log has it.
package struct ServiceRequest: Sendable {
    package var time: Timestamp
    package var instance: String
    package var method: String
    package var path: String
    package var status: Int
    /// In seconds.
    package var duration: Double
    package var requestID: String
    package var userID: String
    package var companyID: String
    package var clientAddress: String
    package var caller: String

    /// `error` for 5xx, `warn` for 4xx, otherwise `info`.
    package var level: String { status >= 500 ? "error" : status >= 400 ? "warn" : "info" }
}
