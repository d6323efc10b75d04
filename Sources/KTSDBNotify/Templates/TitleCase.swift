/// Words with a capital letter and small letters after it.
enum TitleCase {
    static func text(_ text: String) -> String {
        var result = "", isInWord = false, hasCased = false
        for scalar in text.unicodeScalars {
            guard isWordPart(scalar, isInWord: isInWord) else {
                result.unicodeScalars.append(scalar)
                (isInWord, hasCased) = (false, false)
                continue
            }
            let properties = scalar.properties
            result += hasCased ? properties.lowercaseMapping : properties.titlecaseMapping
            isInWord = true
            hasCased = hasCased || properties.isCased
        }
        return result
    }

    /// Letters, digits and marks; an apostrophe, a point or a low line continues a word.
    private static func isWordPart(_ scalar: Unicode.Scalar, isInWord: Bool) -> Bool {
        if scalar.properties.isAlphabetic || scalar.properties.numericType != nil { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return isInWord && "'’.:·_".unicodeScalars.contains(scalar)
        }
    }
}
