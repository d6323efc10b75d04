/// One inhibition rule as a configuration has it.
package struct InhibitionRuleConfiguration: Hashable, Sendable {
    package var name = ""
    package var sourceMatch = KeyValues()
    package var sourceMatchRE = KeyValues()
    package var sourceMatchers = Matchers()
    package var targetMatch = KeyValues()
    package var targetMatchRE = KeyValues()
    package var targetMatchers = Matchers()
    package var equal: [String] = []

    package init() {}
}
