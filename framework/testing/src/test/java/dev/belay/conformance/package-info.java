/**
 * What a saga means, as tests. Every scenario has a number and says what it proves; every runtime passes all of them, through a
 * subclass of {@link dev.belay.conformance.ConformanceSuite} of its own.
 */
package dev.belay.conformance;
