/* SPDX-License-Identifier: ISC */
/* Which properties of an item are in its calendar: written, or made again from what is.
 * What is written by one more line of ours gets a row here. */
#include "format/ical/ical.h"
#include "message/tags.h"

struct carried {
	const uint8_t *set;
	uint32_t first, last;
};

static const struct carried carried[] = {
	{ props_set_meeting, PidLidAttendeeCriticalChange, PidLidIsRecurring },
	/* Lists of names, and the series of before the recurrence pattern. */
	{ props_set_meeting, PidLidRequiredAttendees, PidLidResourceAttendees },
	{ props_set_meeting, PidLidIsException, PidLidCalendarType },
	{ props_set_meeting, PidLidAllAttendeesList, PidLidAllAttendeesList },
	{ props_set_meeting, PidLidCleanGlobalObjectId, PidLidAppointmentMessageClass },
	{ props_set_meeting, PidLidMeetingType, PidLidMeetingType },
	{ props_set_appointment, PidLidSendMeetingAsIcal, PidLidLocation },
	{ props_set_appointment, PidLidForwardInstance, PidLidForwardInstance },
	{ props_set_appointment, PidLidAppointmentStartWhole, PidLidAppointmentDuration },
	{ props_set_appointment, PidLidAppointmentSubType, PidLidResponseStatus },
	{ props_set_appointment, PidLidAppointmentReplyTime,
	    PidLidFExceptionalAttendees },
	{ props_set_appointment, PidLidRecurrenceType, PidLidCcAttendeesString },
	/* Of online meetings only whether there is one: 8240 is a flag, mostly false. */
	{ props_set_appointment, PidLidConferencingCheck, PidLidConferencingType },
	{ props_set_appointment, PidLidAppointmentProposedStartWhole, 0x8260 },
	{ props_set_common, PidLidReminderDelta, PidLidReminderTimeDate },
	{ props_set_common, PidLidCommonStart, PidLidTaskMode },
	{ props_set_common, PidLidTaskGlobalId, PidLidTaskGlobalId },
	{ props_set_common, PidLidCompanies, PidLidContacts },
	{ props_set_common, PidLidReminderSignalTime, PidLidReminderSignalTime },
	{ props_set_task, PidLidTaskStatus, PidLidPercentComplete },
	{ props_set_task, PidLidTaskStartDate, PidLidTaskDueDate },
	{ props_set_task, PidLidTaskDateCompleted, PidLidTaskEstimatedEffort },
	{ props_set_task, PidLidTaskRecurrence, PidLidTaskRecurrence },
	{ props_set_task, PidLidTaskComplete, PidLidTaskComplete },
	{ props_set_task, PidLidTaskOwner, PidLidTaskOwner },
	{ props_set_task, PidLidTaskFRecurring, PidLidTaskFRecurring },
	/* What only a program that synchronises tasks keeps for itself. */
	{ props_set_task, PidLidTaskResetReminder, PidLidTaskDeadOccurrence },
	{ props_set_task, PidLidTaskVersion, PidLidTaskLastUpdate },
	{ props_set_task, PidLidTaskFCreator, PidLidTaskFCreator },
	{ props_set_task, PidLidTaskMultipleRecipients, PidLidTaskMultipleRecipients },
	{ props_set_task, PidLidTaskOrdinal, PidLidTaskNoCompute },
	{ props_set_task, PidLidTaskRole, PidLidTaskCustomFlags },
	{ props_set_log, PidLidLogType, PidLidLogFlags },
	{ props_set_log, PidLidLogTypeDesc, PidLidLogTypeDesc },
};

bool ical_carries(const struct prop *p)
{
	if (!p->name)
		return p->id == PidTagStartDate || p->id == PidTagEndDate ||
		       p->id == PidTagOwnerAppointmentId;
	for (size_t i = 0; !p->name->is_string && i < sizeof carried / sizeof carried[0];
	     i++)
		if (memcmp(p->name->set, carried[i].set, 16) == 0 &&
		    p->name->id >= carried[i].first && p->name->id <= carried[i].last)
			return true;
	return false;
}
