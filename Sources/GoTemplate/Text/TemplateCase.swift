/// Maps letters to upper, lower and title case, scalar by scalar as Go does.
package enum TemplateCase {
    /// Returns the text in upper case.
    package static func upper(_ text: String) -> String { mapped(text) { $0.properties.uppercaseMapping } }

    /// Returns the text in lower case.
    package static func lower(_ text: String) -> String { mapped(text) { $0.properties.lowercaseMapping } }

    /// Returns the text with the first letter of each word in title case, and the other letters unchanged.
    package static func title(_ text: String) -> String {
        var result = String.UnicodeScalarView(), isInWord = false, wasMiddle = false
        for scalar in text.unicodeScalars {
            let isMiddle = middles.contains(scalar)
            if wasMiddle, isMiddle { isInWord = false }
            if scalar.properties.isCased {
                result.append(
                    contentsOf: isInWord ? [scalar] : Array(scalar.properties.titlecaseMapping.unicodeScalars))
                isInWord = true
            } else {
                result.append(scalar)
                if !isMiddle, !isPartOfWord(scalar) { isInWord = false }
            }
            wasMiddle = isMiddle
        }
        return String(result)
    }

    /// The characters that may be between two letters of one word.
    private static let middles = Set("'.:·’․﹒＇．︓﹕：‧‘".unicodeScalars)

    private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .modifierLetter, .otherLetter, .decimalNumber, .nonspacingMark, .spacingMark, .enclosingMark,
            .connectorPunctuation, .format:
            true
        default: false
        }
    }

    private static func mapped(_ text: String, _ mapping: (Unicode.Scalar) -> String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let mapped = mapping(scalar).unicodeScalars
            // Go maps a scalar to exactly one: longer mappings are ignored.
            if mapped.count == 1 { result += mapped } else { result.append(scalar) }
        }
        return String(result)
    }
}
