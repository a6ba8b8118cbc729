import { defineConfig } from 'shoplake';

export default defineConfig({ currency: 'EUR' });
