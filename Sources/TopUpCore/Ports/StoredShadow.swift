/// What a store holds of a trial.
package struct StoredShadow: Sendable, Hashable {
  package var shadow: ShadowPolicy
  /// Since this version was set.
  package var looks: Int64
  /// Of the looks, those that came out otherwise; kinds that did not occur are not there.
  package var differences: [ShadowDifference.Kind: Int64]

  package init(
    shadow: ShadowPolicy, looks: Int64, differences: [ShadowDifference.Kind: Int64]
  ) {
    self.shadow = shadow
    self.looks = looks
    self.differences = differences
  }
}

/// A difference as it stands in the store.
package struct StoredShadowDifference: Sendable, Hashable {
  package var position: Int64
  package var difference: ShadowDifference

  package init(position: Int64, _ difference: ShadowDifference) {
    self.position = position
    self.difference = difference
  }
}
