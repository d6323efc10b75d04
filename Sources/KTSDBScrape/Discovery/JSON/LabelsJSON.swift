package import KTSDBModel

/// Labels as an object of JSON.
package enum LabelsJSON {
    /// The reason why a text is not one.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// How many values the text may have.
    private static let valueLimit = 10_000

    /// Reads `{"name": "value"}`; empty values are left out.
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
