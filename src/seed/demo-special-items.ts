import type { Prisma } from '../generated/prisma/client.ts';

/**
 * John Smith's items by number: title and values. The documented search ("acme", `deal_value` at least 10000,
 * `probability` at least 50) matches 1, 48 and 83. Each of the others fails for a different reason. In 109 and 115 only
 * the contact's e-mail or a key contains "acme"; 197 is on another board.
 */
export const itemsOfJohn: Record<number, [title: string, values: Prisma.InputJsonObject]> = {
  1: [
    'Acme Corp - Enterprise Deal',
    {
      contact_name: 'John Smith',
      email: 'john@acme.example',
      deal_value: '50000',
      probability: '75',
      expected_close: '2025-04-15',
    },
  ],
  5: ['Acme Logistics - Fleet Renewal', { deal_value: '9500', probability: '80' }],
  9: ['Acme Foods - Cold Chain Pilot', { deal_value: '60000', probability: 'n/a' }],
  14: ['Acme Studios - Launch Campaign', { deal_value: '1,200', probability: '70' }],
  19: ['Acme Travel - Booking Desk', { deal_value: '', probability: '90' }],
  27: ['Acme Energy - Grid Analytics', { deal_value: '75000', probability: '9' }],
  36: ['Acme Health - Clinics', { deal_value: { amount: 50000, unit: 'USD' }, probability: 65 }],
  48: ['ACME Retail - Loyalty Programme', { deal_value: 18000, probability: 60, trial: true }],
  52: ['Acme Mobility - Charging Network', { deal_value: ['20000', '35000'], probability: '80' }],
  59: ['Acme Bank - Branch Kiosks', { deal_value: null, probability: 70 }],
  62: ['Acme Marine - Dock Sensors', { deal_value: '9.9e3', probability: '60' }],
  66: ['Acme Media - Archive Search', { probability: '55', expected_close: 'next quarter' }],
  83: [
    'Warehouse Automation - Phase Two',
    { account: { name: 'Acme Corp', sites: ['Jakarta'] }, deal_value: '10000', probability: '50' },
  ],
  88: ['Acme Robotics - Assembly Line', { deal_value: '250000', probability: '49.9' }],
  96: ['Acme Events - Ticket Desk', { deal_value: '$45,000', probability: '75%' }],
  101: ['Acme Labs - Research Licence', { deal_value: 'NaN', probability: 'Infinity' }],
  109: ['Joint Venture - Harbour District', { deal_value: '40000', probability: '80' }],
  115: ['Delta Referral', { acme_referral: true, deal_value: '30000', probability: '85' }],
  118: ['Acme Print - Catalogue', { deal_value: 'TBD', probability: 80, due: '2025-02-30' }],
  197: ['Acme Corp - Annual Renewal', { deal_value: '52000', probability: '80' }],
};

/** The fields of `item_001` that the documentation shows, besides title and values. */
export const documentedFields = {
  labels: ['enterprise', 'hot-lead'],
  conversationIds: ['conv_001', 'conv_002'],
  createdById: 'agent_123',
  createdAt: '2025-03-20T10:00:00Z',
  updatedAt: '2025-03-27T14:30:00Z',
};

/** Subjects by item number, with characters that are special in patterns, JSON or SQL. */
export const specialSubjects: Record<number, string> = {
  72: '100% Renewable Pledge',
  74: 'Q2_Bundle',
  76: 'Archive in C:\\Exports',
  78: 'It’s a "Yes"; 是的 🚀',
};
