/// How the service fares.
package enum Phase: String, CaseIterable, Sendable {
    /// All is well; no alert of the seed fires.
    case good
    /// Nearly everything is wrong: each of the ten alerts that can fire has its reason.
    case bad
    /// All is well again, so that the alerts resolve.
    case recovered
}
