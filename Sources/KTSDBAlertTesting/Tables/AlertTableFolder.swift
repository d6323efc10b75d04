import Foundation
import KTSDBTesting

/// A directory with tables.
package struct AlertTableFolder: Sendable {
    /// The path of the directory.
    package let path: String

    package init(_ path: String) { self.path = path }

    /// The folder of the conformance data; nil without the data, which is printed.
    package static var conformance: AlertTableFolder? {
        guard let directory = ConformanceData.directory else {
            print(ConformanceData.skipNotice)
            return nil
        }
        return AlertTableFolder(directory + "/alerting")
    }

    /// The content of a file.
    func value(_ file: String) throws -> TableValue {
        let bytes = try readFile(path + "/" + file)
        return TableValue(value: try JSONSerialization.jsonObject(with: Data(bytes)))
    }
}
