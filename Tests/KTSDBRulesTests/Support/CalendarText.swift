import Foundation
import KTSDBTesting

/// A time as JSON has it.
struct CalendarText {
    let text: String

    init(seconds: Int64) {
        let formatter = ISO8601DateFormatter()
        text = String(formatter.string(from: Date(timeIntervalSince1970: Double(seconds))).dropLast())
    }
}

/// The bytes of a file of the seed, which lies next to the conformance data.
func readSeed(_ path: String) throws -> [UInt8] {
    try readFile(ConformanceData.expectedDirectory + "/../seed/" + path)
}
