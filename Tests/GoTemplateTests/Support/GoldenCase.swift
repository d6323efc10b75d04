import Foundation
import GoTemplate

/// A template, and what Go made of it.
struct GoldenCase: Decodable {
    let text: String
    let missingkey: String?
    let output: Output?
    let error: String?

    /// A text, or bytes that are not UTF-8.
    enum Output: Decodable {
        case text(String)
        case bytes(Data)

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                self = .text(text)
            } else {
                self = .bytes(try decoder.singleValueContainer().decode([String: Data].self)["base64"] ?? Data())
            }
        }

        var string: GoString {
            switch self {
            case .text(let text): GoString(text)
            case .bytes(let data): GoString(bytes: data)
            }
        }
    }

    /// What this module makes of it.
    func run() -> Result<GoString, TemplateError> {
        Result { () throws(TemplateError) in
            let template = try Template.parse(name: "t", text: text, functions: GoldenFunctions.all)
            return try template.execute(
                GoldenData.root, missingKey: missingkey.flatMap(MissingKey.init(rawValue:)) ?? .default)
        }
    }

    /// A line that says what differs; nil if nothing does.
    var difference: String? {
        switch run() {
        case .success(let text):
            if text == output?.string ?? "", error == nil { return nil }
            return "\(self.text.debugDescription)\n  got  \(text)\n  want \(output?.string ?? "") \(error ?? "")"
        case .failure(let failure):
            if failure.description == error { return nil }
            return "\(text.debugDescription)\n  got  \(failure)\n  want \(error ?? "") \(output?.string ?? "")"
        }
    }

    static func load(_ path: String) throws -> [GoldenCase] {
        try JSONDecoder().decode([GoldenCase].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
