/** A second account of what a saga means, compared with the engine after every event of random sequences. */
@org.jspecify.annotations.NullMarked
package dev.belay.oracle;
