/// Classes of characters as in Go's package `unicode`.
enum CharacterClass {
    /// Whether Go's `%q` writes the character as it is: letters, marks, numbers, punctuation, symbols and the blank.
    static func isPrintable(_ value: UInt32) -> Bool {
        if value < 0x7F { return value >= 0x20 }
        switch category(value) {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator, nil:
            return false
        default: return true
        }
    }

    /// Whether the character is a letter of any script.
    static func isLetter(_ value: UInt32) -> Bool {
        switch category(value) {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    /// Whether the character may be part of a name: a letter, a decimal digit or `_`.
    static func isWord(_ value: UInt32) -> Bool {
        value == 0x5F || isLetter(value) || category(value) == .decimalNumber
    }

    private static func category(_ value: UInt32) -> Unicode.GeneralCategory? {
        Unicode.Scalar(value)?.properties.generalCategory
    }
}
