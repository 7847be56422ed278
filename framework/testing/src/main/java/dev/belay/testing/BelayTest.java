package dev.belay.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives each test of a class a {@link SagaKit} of its own, with a schema of its own in a real PostgreSQL that is started once
 * and shared by all tests of the JVM.
 *
 * <pre>{@code
 * @BelayTest
 * class TripTest {
 *   @Test
 *   void cancelsTheFlightWhenThereIsNoRoom(SagaKit kit) {
 *     var trip = kit.start(bookTrip, new TripRequest("Oslo"));
 *
 *     kit.runUntilIdle();
 *
 *     assertThat(trip.state()).isEqualTo(SagaState.COMPENSATED);
 *   }
 * }
 * }</pre>
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(BelayExtension.class)
public @interface BelayTest {}
