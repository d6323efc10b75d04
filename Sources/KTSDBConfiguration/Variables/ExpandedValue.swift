/// A value in which variables were replaced.
package struct ExpandedValue: Hashable, Sendable {
    /// The key that the value has, or that the list has which it is in.
    package let key: String
    /// What the file says.
    package let original: String
    /// What was read.
    package let expanded: String
}
