package import KTSDBModel

/// Labels as a JSON object.
package enum LabelsJSON {
    /// Why a text is not a JSON object of labels.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// The most JSON values in a text.
    private static let valueLimit = 10_000

    /// Reads a text such as `{"name": "value"}`; labels with empty values are left out.
    package static func read(_ text: String) throws(Problem) -> Labels {
        do {
            let json = try JSONDocument.read(Array(text.utf8), valueLimit: valueLimit)
            guard json.isObject else { throw Problem(description: "expected an object") }
            return try Labels(
                checking: try json.members.map { member in
                    guard let value = member.value.text else {
                        throw Problem(description: "the value of \(goQuoted(member.name)) is not a text")
                    }
                    return (member.name, value)
                })
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(description: "\(error)")
        }
    }
}
